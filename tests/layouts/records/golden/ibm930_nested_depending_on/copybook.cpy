       01  世帯.
           05  人数                PIC 9.
           05  件数                PIC 9.
           05  世帯員 OCCURS 0 TO 3 DEPENDING ON 人数.
               10  番号            PIC 9(2).
               10  額 OCCURS 0 TO 2 DEPENDING ON 件数
                                   PIC S9(3) COMP-3.
           05  印                  PIC X.
