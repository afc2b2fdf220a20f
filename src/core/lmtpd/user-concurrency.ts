/** How many deliveries to a user are under way in this process (lmtp_user_concurrency_limit). */
export class UserConcurrency {
  readonly #counts = new Map<string, number>();

  /** Answers false when there are `limit` already; 0 is no limit. */
  enter(user: string, limit: number): boolean {
    const count = this.#counts.get(user) ?? 0;
    if (limit > 0 && count >= limit) return false;
    this.#counts.set(user, count + 1);
    return true;
  }

  leave(user: string): void {
    const count = (this.#counts.get(user) ?? 0) - 1;
    if (count > 0) this.#counts.set(user, count);
    else this.#counts.delete(user);
  }
}
