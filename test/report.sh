#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Read by the scripts that show rules: one line of TAP each.
# shellcheck disable=SC2034 # bad is for who reads this
bad=0

# report TITLE FILE-WITH-FINDINGS
report()
{
    if [ -s "$2" ]; then
        echo "not ok - $1"
        sed 's/^/#   /' "$2"
        bad=1
    else
        echo "ok - $1"
    fi
}
