      *  後期保険料賦課
       01  後期賦課レコード.
           03  通知書番号                PIC 9(8).
           03  年度                      PIC 9(4).
           03  被保険者番号              PIC X(8).
           03  宛名番号                  PIC 9(10).
           03  賦課月数                  PIC 9(2)  COMP-3.
           03  所得割                    PIC 9(7)  COMP-3.
           03  均等割                    PIC 9(7)  COMP-3.
           03  年額保険料                PIC 9(7)  COMP-3.
           03  徴収方法                  PIC X(1).
           03  期別           OCCURS 8 TIMES.
               05  期                    PIC X(2).
               05  納期限                PIC 9(8).
               05  保険料                PIC 9(7)  COMP-3.
