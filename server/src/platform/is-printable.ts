/** Whether text can be stored as it is and stands on one line: no control character, no half one. */
export function isPrintable(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text)
}
