       01  R.
           05  A                   PIC 9(5) COMP-6.
           05  B                   PIC 9(4) COMP-6.
           05  C                   PIC 9(2)V99 COMP-6.
