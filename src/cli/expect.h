/* --expect: what a script takes for granted, checked against what was found. */
#ifndef NATSONDE_CLI_EXPECT_H
#define NATSONDE_CLI_EXPECT_H

#include <stdio.h>

#include <natsonde/report.h>

#include "shared/complaint.h"

#define NATSONDE_EXPECTATIONS_MAX 16

/* Plain data; text points into the argument. */
struct natsonde_expectations {
	unsigned n;
	struct {
		const char *text; /* "mapping=eim" */
		uint16_t len;
		uint64_t verdicts; /* set of 1 << enum natsonde_verdict: any of these will do */
		uint8_t behaviour; /* enum natsonde_behaviour */
	} of[NATSONDE_EXPECTATIONS_MAX];
};

/* Adds those of "mapping=eim,p2p=open/easy". False with *complaint filled, naming what is accepted. */
bool natsonde_expect_parse(const char *text, struct natsonde_expectations *expectations, struct natsonde_complaint *complaint);
/* The behaviours that they name, as a set of NATSONDE_TEST(behaviour). */
uint16_t natsonde_expect_tests(const struct natsonde_expectations *expectations);

/* False if any is contradicted: a family that was measured has another verdict. What is unknown contradicts nothing, nor does a
 * family that was not measured. One line for each that does not hold goes to out. */
bool natsonde_expect_check(const struct natsonde_expectations *expectations, const struct natsonde_report *report, FILE *out);

#endif
