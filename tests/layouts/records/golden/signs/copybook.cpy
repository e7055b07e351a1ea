       01  R.
           05  T                   PIC S9(3).
           05  L                   PIC S9(3) SIGN IS LEADING.
           05  LS                  PIC S9(3) SIGN LEADING SEPARATE.
           05  TS                  PIC S9(3)
                   TRAILING SEPARATE CHARACTER.
           05  U                   PIC 9(3).
