       01  R.
           05  UP                  PIC 9(2)P(3).
           05  DOWN                PIC VPP9(2).
           05  POINT               PIC 9V9.
           05  ZERO                PIC 9(3) BLANK WHEN ZERO.
           05  RIGHT-TEXT          PIC X(4) JUSTIFIED RIGHT.
