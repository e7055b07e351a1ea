       01  R.
           05  A                   PIC S9(3).
           05  B                   PIC S9(3).
