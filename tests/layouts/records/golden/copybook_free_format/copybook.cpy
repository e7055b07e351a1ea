*> free format begins in column 1
01 R.
05 KIND PIC X(2). *> a comment behind
05 AMOUNT
   PIC 9(5).
