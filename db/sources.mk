# files: see migrations/ and reports/
