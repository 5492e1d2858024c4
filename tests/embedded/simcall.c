/* Xtensa under QEMU: what picolibc's stdio and exit need, by way of simcalls to the host. */
#include <stdio.h>
#include <signal.h>
#include <unistd.h>

int kill(int pid, int signal); /* picolibc declares it for POSIX alone */

enum { CALL_EXIT = 1, CALL_WRITE = 4 };

static int simcall(int number, int a, int b, int c)
{
	register int a2 __asm__("a2") = number;
	register int a3 __asm__("a3") = a;
	register int a4 __asm__("a4") = b;
	register int a5 __asm__("a5") = c;

	__asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
	return a2;
}

void _exit(int code)
{
	for (;;)
		simcall(CALL_EXIT, code, 0, 0);
}

/* For abort: there is one process, and a signal ends it. */
int getpid(void)
{
	return 1;
}

int kill(int pid, int signal)
{
	(void)pid;
	_exit(128 + signal);
}

/* Lines go out whole: a simcall for every character would be the slowest part of a run. */
static int put(char c, FILE *file)
{
	static char line[256];
	static int len;

	(void)file;
	line[len++] = c;
	if (c == '\n' || len == (int)sizeof(line)) {
		simcall(CALL_WRITE, 1, (int)line, len);
		len = 0;
	}
	return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdin = &console, *const stdout = &console, *const stderr = &console;
