       01  R.
           05  N                   PIC N(2).
           05  X                   PIC X(4).
           05  Z                   PIC 9(3).
