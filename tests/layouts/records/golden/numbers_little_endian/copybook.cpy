       01  R.
           05  A                   PIC S9(4) COMP-5.
           05  B                   PIC S9(4) COMP.
           05  C                   PIC 9(4) COMP-X.
           05  D                   PIC X COMP-X.
           05  E                   PIC X(2) COMP-X.
