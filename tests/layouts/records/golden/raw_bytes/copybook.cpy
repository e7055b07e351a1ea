       01  R.
           05  件数                PIC 9.
           05  氏名                PIC N(2).
           05  額 OCCURS 0 TO 2 DEPENDING ON 件数 PIC S9(3) COMP-3.
