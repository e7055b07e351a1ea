       01  世帯.
           05  世帯番号            PIC 9(5).
           05  人数                PIC 9(1).
           05  世帯員 OCCURS 0 TO 3 TIMES DEPENDING ON 人数.
               10  氏名            PIC N(3).
               10  年齢            PIC S9(3) COMP-3.
           05  備考                PIC X(6).
