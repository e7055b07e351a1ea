000100*  A COMMENT IN COLUMN 7                                           IDENT001
000200 01  R.                                                           IDENT002
000300     05  KIND                PIC X(2).                            IDENT003
000400/    A LISTING PAGE
000500D    05  DEBUG-LINE          PIC X(9).                            IDENT004
000600     05  AMOUNT              PIC 9(5).                            IDENT005
