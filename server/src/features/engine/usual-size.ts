/** Where nobody says: enough tokens for a conversation, and small beside the weights. */
export const usualContext = 4096
/** Conversations side by side, where nobody says and memory allows. */
export const usualSequences = 4
