      *  個人住民税課税台帳
       01  課税台帳レコード.
           03  通知書番号                PIC 9(8).
           03  年度                      PIC 9(4).
           03  宛名番号                  PIC 9(10).
           03  徴収区分                  PIC X(1).
           03  課税区分                  PIC X(1).
           03  総所得金額                PIC 9(9)  COMP-3.
           03  所得控除合計              PIC 9(9)  COMP-3.
           03  課税標準額                PIC 9(9)  COMP-3.
           03  市民税所得割              PIC 9(9)  COMP-3.
           03  市民税均等割              PIC 9(9)  COMP-3.
           03  道民税所得割              PIC 9(9)  COMP-3.
           03  道民税均等割              PIC 9(9)  COMP-3.
           03  森林環境税額              PIC 9(9)  COMP-3.
           03  年税額                    PIC 9(9)  COMP-3.
           03  決定日                    PIC 9(7).
           03  更正事由                  PIC X(2).
           03  期別           OCCURS 12 TIMES.
               05  期                    PIC X(2).
               05  納期限                PIC 9(8).
               05  税額                  PIC 9(9)  COMP-3.
           03  端末番号                  PIC X(4).
