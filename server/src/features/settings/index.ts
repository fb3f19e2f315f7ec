export { checkMasterKey } from './check-master-key.ts'
export { findSetting, keepSetting } from './store.ts'
