      *  戸籍索引
       01  戸籍レコード.
           03  戸籍番号                  PIC 9(9).
           03  本籍町名                  PIC N(16).
           03  本籍地番                  PIC N(12).
           03  筆頭者                    PIC N(16).
           03  編製日                    PIC 9(7)  COMP-3.
           03  編製事由                  PIC X(2).
           03  消除日                    PIC 9(7)  COMP-3.
           03  戸籍区分                  PIC X(1).
           03  FILLER                    PIC X(6).
