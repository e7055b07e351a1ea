           05  :TAG:-KIND          PIC 9.
           05  X-DATE              PIC 9(8).
