       01  HEAD.
           05  K                   PIC X.
           05  L                   PIC 9(2).
           05  A                   PIC X(2).
       01  BODY.
           05  K                   PIC X.
           05  L                   PIC 9(2).
           05  B                   PIC X(4).
