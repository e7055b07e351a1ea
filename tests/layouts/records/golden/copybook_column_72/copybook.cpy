       01  R.
           05  A                   PIC X(2) VALUE '                    字ID00001
      -    '漢'.
           05  氏名                PIC N(2).
