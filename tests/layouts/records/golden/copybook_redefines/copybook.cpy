       01  R.
           05  TEXT-VIEW           PIC X(6).
           05  DATE-VIEW REDEFINES TEXT-VIEW.
               10  YYYY            PIC 9(4).
               10  YY REDEFINES YYYY.
                   15  CENTURY     PIC 9(2).
                   15  SHORT-YEAR  PIC 9(2).
               10  MM              PIC 9(2).
           05  LONG-VIEW REDEFINES TEXT-VIEW PIC X(8).
