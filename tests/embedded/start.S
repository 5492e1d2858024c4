/* Xtensa (call0 ABI), bare machine under QEMU: the reset vector, the exception vectors and the way into main. */

	.section .reset, "ax"
	.global _start
	.align 4
_start:
	j	begin

	.text
	.literal_position
	.align 4
begin:
	movi	a2, 0x20 /* PS: user mode, no interrupt level, no exception under way */
	wsr.ps	a2
	rsync
	movi	a1, __stack
	movi	a2, __bss_start
	movi	a3, __bss_end
	movi	a4, 0
	j	2f
1:	s32i	a4, a2, 0
	addi	a2, a2, 4
2:	bltu	a2, a3, 1b
	call0	main
	mov	a3, a2
	movi	a2, 1 /* simcall exit */
	simcall
	j	.

/* Whatever the exception, the program ends with 100 + EXCCAUSE: 109 is an access that was not aligned. */
	.macro vector offset
	.org	\offset
	rsr.exccause a3
	addi	a3, a3, 100
	movi	a2, 1
	simcall
	j	.
	.endm

	.section .vectors, "ax"
	vector	0x30 /* kernel */
	vector	0x50 /* user */
	vector	0x70 /* double */
