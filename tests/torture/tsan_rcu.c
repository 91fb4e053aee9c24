/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells ThreadSanitizer what liburcu orders. The distributions' liburcu is not instrumented and
 * orders by its own atomic instructions and by membarrier(2), none of which ThreadSanitizer sees.
 * Without this file it reports, falsely,
 *
 *	that the writer fills an image while a reader reads it: in truth rcu_xchg_pointer() is a
 *	full barrier between the two, and what a reader reads depends on the pointer it loaded;
 *	that the writer frees an image while a reader reads it: in truth synchronize_rcu() returns
 *	after each reader has passed a quiescent state that comes after its last read.
 *
 * A suppression would silence every race on an image, true ones too. Instead the linker wraps the
 * functions (--wrap), and each wrapper states the one edge that the function guarantees and no
 * more: so a lookup without a registered reader, behind the quiescent state or in a freed image is
 * still reported. Linked into sanitized builds only.
 */
#include <sanitizer/tsan_interface.h>

/* Stands for the grace period: readers release it, the writer acquires it. */
static char grace_period;

void *__real_rcu_xchg_pointer_sym(void **pointer, void *value);
void *__wrap_rcu_xchg_pointer_sym(void **pointer, void *value);
void *__real_rcu_dereference_sym(void *pointer);
void *__wrap_rcu_dereference_sym(void *pointer);
void __real_urcu_qsbr_quiescent_state(void);
void __wrap_urcu_qsbr_quiescent_state(void);
void __real_urcu_qsbr_thread_offline(void);
void __wrap_urcu_qsbr_thread_offline(void);
void __real_urcu_qsbr_unregister_thread(void);
void __wrap_urcu_qsbr_unregister_thread(void);
void __real_urcu_qsbr_synchronize_rcu(void);
void __wrap_urcu_qsbr_synchronize_rcu(void);

/* What was written to the image comes before the image is seen: the edge is on its address. */
void *__wrap_rcu_xchg_pointer_sym(void **pointer, void *value)
{
	__tsan_release(value);
	return __real_rcu_xchg_pointer_sym(pointer, value);
}

void *__wrap_rcu_dereference_sym(void *pointer)
{
	pointer = __real_rcu_dereference_sym(pointer);
	__tsan_acquire(pointer);
	return pointer;
}

/* What a reader read comes before the end of a grace period in which it was quiescent. */
void __wrap_urcu_qsbr_quiescent_state(void)
{
	__tsan_release(&grace_period);
	__real_urcu_qsbr_quiescent_state();
}

void __wrap_urcu_qsbr_thread_offline(void)
{
	__tsan_release(&grace_period);
	__real_urcu_qsbr_thread_offline();
}

void __wrap_urcu_qsbr_unregister_thread(void)
{
	__tsan_release(&grace_period);
	__real_urcu_qsbr_unregister_thread();
}

void __wrap_urcu_qsbr_synchronize_rcu(void)
{
	__real_urcu_qsbr_synchronize_rcu();
	__tsan_acquire(&grace_period);
}
