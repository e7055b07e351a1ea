       01  FIRST-ONE.
           05  A                   PIC X(5).
       01  SECOND.
           05  B                   PIC X(2).
           05  C                   PIC 9(3).
