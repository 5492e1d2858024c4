# Sourced by tests that count what passed: passed, failed, skipped.
passed=0 failed=0 skipped=0

# result NAME WHY...: passed, unless there is a why.
result() {
	local name=$1 why
	shift
	why=$*
	if [ -z "${why//[[:space:]]/}" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL $name: $why"
		failed=$((failed + 1))
	fi
}
