       01  R.
           05  X1                  PIC X(4).
           05  X2                  PIC X(4).
           05  N1                  PIC N(2).
           05  G1                  PIC G(2) DISPLAY-1.
           05  N2                  PIC N(2) USAGE NATIONAL.
