       01  R.
           05  A                   PIC 9(4) COMP.
           05  B                   PIC S9(9) BINARY.
           05  C                   PIC S9(18) COMP-4.
           05  D                   PIC S9(2)V99 COMP.
