/** The version that pages, health and `--version` tell. */
export const version = '0.1.0'
