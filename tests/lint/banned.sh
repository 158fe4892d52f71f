# Calls that have a better form in lib/base, and arrays of variable length by alloca.
words='strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|strncpy|alloca|gets|scanf|sscanf|fscanf|system|popen'
! tests/lint/files .c .h .def | xargs grep -nHE "(^|[^A-Za-z0-9_])($words)[[:space:]]*\(" |
	grep -vE '^[^:]+:[0-9]+:[[:space:]]*(/?\*|//)'
