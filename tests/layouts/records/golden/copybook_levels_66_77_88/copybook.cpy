       77  COUNTER                 PIC 9(4).
       01  R.
           05  SEX                 PIC X.
               88  MALE            VALUE 'M' 'm'.
               88  FEMALE          VALUE 'F'.
               88  UNKNOWN         VALUES 'A' THRU 'E'.
           05  YY                  PIC 9(2).
           05  MM                  PIC 9(2).
       66  YEAR-MONTH RENAMES YY THRU MM.
