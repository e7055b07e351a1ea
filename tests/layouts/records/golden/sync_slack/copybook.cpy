       01  R.
           05  A                   PIC X.
           05  B                   PIC S9(4) COMP SYNC.
           05  C                   PIC X.
           05  D                   PIC S9(9) COMP SYNC.
           05  G OCCURS 2.
               10  H               PIC X.
               10  I               PIC S9(9) COMP SYNC.
