       01  課税-レコード.
           05  年度                PIC 9(4).
           05  税-区分             PIC X.
               88  普徴            VALUE '1'.
           05  期別 OCCURS 2 TIMES.
               10  納期            PIC 9(8).
               10  納期-分解 REDEFINES 納期.
                   15  年          PIC 9(4).
                   15  月          PIC 9(2).
                   15  FILLER      PIC X(2).
               10  税額            PIC S9(5) SIGN LEADING SEPARATE.
               10  控除 OCCURS 2   PIC S9(3)V9 COMP-3.
           05  率                  PIC VPP9(2).
           05  千円                PIC 9(3)PPP.
           05  残高                PIC S9(7)V99 COMP.
           05  表示                PIC ZZ,ZZ9-.
           05  摘要                PIC X(10) JUST RIGHT.
           05  FILLER              PIC X(3).
