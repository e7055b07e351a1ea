       01  R.
           05  KIND                PIC X(2) VALUE 'AB
      -    'CD'.
           05  LONG-NAME-OF-AN-AM
      -    OUNT                    PIC 9(2).
