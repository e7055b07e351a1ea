       01  R.
           05  A                   PIC ZZ,ZZ9.99-.
           05  B                   PIC **9.
           05  C                   PIC ++9.
           05  D                   PIC 99/99.
