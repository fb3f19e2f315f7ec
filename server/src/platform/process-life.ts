/** A server process that was not seen for so long is taken for dead; it says so every few seconds. */
export const deadAfterSeconds = 60
