      * 住民マスタ  JEF, ヘッダ・トレーラ付き
       01  ヘッダ.
           05  ヘッダ区分          PIC X.
           05  業務名              PIC N(6).
           05  FILLER              PIC X(42).
       01  住民レコード.
           05  レコード区分        PIC X.
           05  宛名番号            PIC 9(10).
           05  氏名                PIC N(6).
           05  カナ                PIC X(10).
           05  生年月日            PIC 9(7) COMP-3.
           05  税額                PIC S9(7) COMP-3.
           05  住所                PIC X(14).
       01  トレーラ.
           05  トレーラ区分        PIC X.
           05  件数                PIC 9(7) COMP-3.
           05  宛名番号合計        PIC 9(15).
           05  FILLER              PIC X(35).
