      *  固定資産税賦課
       01  賦課レコード.
           03  通知書番号                PIC 9(8).
           03  年度                      PIC 9(4).
           03  宛名番号                  PIC 9(10).
           03  土地課標                  PIC 9(11)  COMP-3.
           03  家屋課標                  PIC 9(11)  COMP-3.
           03  固定税額                  PIC 9(9)  COMP-3.
           03  都計税額                  PIC 9(9)  COMP-3.
           03  年税額                    PIC 9(9)  COMP-3.
           03  納付方法                  PIC X(1).
           03  期別           OCCURS 4 TIMES.
               05  期                    PIC X(2).
               05  納期限                PIC 9(8).
               05  税額                  PIC 9(9)  COMP-3.
