       01  R.
           05  F                   COMP-1.
           05  D                   COMP-2.
