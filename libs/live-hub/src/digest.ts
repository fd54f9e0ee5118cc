/**
 * Digest of a set that changes by few members at a time: 64 bits, independent of order. `toggle` adds a member
 * that is not in it and takes out one that is. FNV-1a a member, combined by XOR: it tells states apart, it
 * proves nothing to an adversary.
 */
export class SetDigest {
  #high = 0;
  #low = 0;

  toggle(member: string): void {
    let high = 0x811c9dc5;
    let low = 0x01000193;
    for (let i = 0; i < member.length; i++) {
      const code = member.charCodeAt(i);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x85ebca6b) ^ (low >>> 13);
    }
    this.#high = (this.#high ^ high) >>> 0;
    this.#low = (this.#low ^ low) >>> 0;
  }

  clear(): void {
    this.#high = 0;
    this.#low = 0;
  }

  /** At most 14 characters. */
  toString(): string {
    return this.#high.toString(36) + this.#low.toString(36).padStart(7, '0');
  }
}
