       01  R.
           05  A                   PIC S9(3) COMP-3.
           05  B                   PIC S9(3) PACKED-DECIMAL.
           05  C                   PIC 9(3) COMP-3.
           05  D                   PIC S9(4) COMP-3.
           05  E                   PIC S9(3)V99 COMP-3.
