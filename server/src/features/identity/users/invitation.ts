/** Lets whoever has its token choose a password for a user. Times are Unix seconds. */
export interface Invitation {
  readonly userId: string
  readonly expiresAt: number
  /** A user's id; null where the person at the machine or a key without an owner asked. */
  readonly invitedBy: string | null
  readonly createdAt: number
}

/** An invitation with its token, which is told once and kept as a hash only. */
export interface NewInvitation {
  readonly token: string
  readonly invitation: Invitation
}
