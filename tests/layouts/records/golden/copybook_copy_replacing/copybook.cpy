       01  R.
           COPY PERIOD REPLACING ==:TAG:== BY ==START==
               LEADING ==X== BY ==BEGIN==.
           COPY PERIOD REPLACING ==:TAG:== BY ==END==
               LEADING ==X== BY ==FINISH==.
