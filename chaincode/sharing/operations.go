package sharing

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

func (b *book) handleCatalogue(c *ledger.Contract) {
	provider := []string{RoleProvider}
	ledger.Handle(c, catalog.Operation{
		Name: "PublishItem", Title: "Publish a catalogue item", TitleZh: "发布目录项", Record: itemType, Creates: true, ID: "catalogCode", Roles: provider,
		Refusals: []string{FieldsInvalid, ConditionMissing, PeriodInvalid, ModeForbidden}, Example: publishItemExample,
		Doc: "Or its next version. Only the department that published it first changes it. Data of a level go on chain in the ways that the level allows: personal and core data encrypted or private, sensitive and important ones never plain.",
	}, b.publishItem)
	ledger.Handle(c, catalog.Operation{
		Name: "RefreshItem", Title: "Write down that an item's data were updated", TitleZh: "登记数据更新", Record: itemType, Verb: "refresh", ID: "catalogCode", Roles: provider,
		Refusals: []string{PeriodInvalid}, Example: refreshItemExample,
	}, b.refreshItem)
	ledger.Handle(c, catalog.Operation{
		Name: "WithdrawItem", Title: "Withdraw a catalogue item", TitleZh: "撤下目录项", Record: itemType, Verb: "withdraw", ID: "catalogCode", Roles: provider, Example: withdrawItemExample,
		Doc: "Every use of it is denied from then on.",
	}, b.withdrawItem)
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterRight", Title: "Register a right in an item", TitleZh: "登记数据权利", Record: rightType, Creates: true, Lane: "catalogCode", Roles: provider,
		Refusals: []string{NotTheProvider, ItemUnpublished, PeriodInvalid}, Example: registerRightExample, Doc: "A steward's or a user's. Without a right, every use of a conditional or personal item is denied.",
	}, b.registerRight)
	ledger.Handle(c, catalog.Operation{
		Name: "EndRight", Title: "End a right in an item", TitleZh: "终止数据权利", Record: rightType, Verb: "end", ID: "rightId", Roles: provider, Example: endRightExample,
	}, b.endRight)
	ledger.Handle(c, catalog.Operation{
		Name: "Derive", Title: "Register what was made of data", TitleZh: "登记派生成果", Record: derivationType, Creates: true, ID: "derivationId", Roles: []string{RoleUser, RoleProvider},
		Refusals: []string{UseUnfounded, NotTheProvider, ItemUnpublished}, Example: deriveExample,
	}, b.derive)
}

func (b *book) handleServices(c *ledger.Contract) {
	approver := []string{RoleApprover}
	ledger.Handle(c, catalog.Operation{
		Name: "PublishService", Title: "Publish a service", TitleZh: "发布服务", Record: serviceType, Creates: true, ID: "serviceId", Roles: []string{RoleProvider},
		Refusals: []string{NotTheProvider, ItemUnpublished}, Example: publishServiceExample, Doc: "Or its next version: the routes that others may be let call, and how often.",
	}, b.publishService)
	ledger.Handle(c, catalog.Operation{
		Name: "WithdrawService", Title: "Withdraw a service", TitleZh: "撤下服务", Record: serviceType, Verb: "withdraw", ID: "serviceId", Roles: []string{RoleProvider}, Example: withdrawServiceExample,
	}, b.withdrawService)
	ledger.Handle(c, catalog.Operation{
		Name: "SubmitApplication", Title: "Apply to use a service", TitleZh: "申请服务", Record: applicationType, Creates: true, ID: "applicationId", Roles: []string{RoleUser},
		Refusals: []string{ServiceUnpublished}, Example: submitApplicationExample, Doc: "Decided within the working days that the rules give; after them it shows as overdue.",
	}, b.submitApplication)
	ledger.Handle(c, catalog.Operation{
		Name: "ApproveApplication", Title: "Approve an application", TitleZh: "批准申请", Record: applicationType, Verb: "approve", ID: "applicationId", Roles: approver,
		Refusals: []string{NotTheProvider}, Example: approveApplicationExample,
	}, b.decide(Approved))
	ledger.Handle(c, catalog.Operation{
		Name: "RejectApplication", Title: "Refuse an application", TitleZh: "不予批准", Record: applicationType, Verb: "reject", ID: "applicationId", Roles: approver,
		Refusals: []string{NotTheProvider}, Example: rejectApplicationExample,
	}, b.decide(Rejected))
	ledger.Handle(c, catalog.Operation{
		Name: "ProvisionApplication", Title: "Provision an approved application", TitleZh: "开通服务", Record: applicationType, Verb: "provision", ID: "applicationId", Roles: []string{RoleOperator},
		Refusals: []string{NotTheProvider, ServiceUnpublished, RoutesInvalid}, Example: provisionApplicationExample,
		Doc: "Names the identity that was made for it, the routes that it may call and how often. The gateway lets that identity call these, from then on, and no others.",
	}, b.provisionApplication)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeApplication", Title: "Stop a service for an application", TitleZh: "停用服务", Record: applicationType, Verb: "revoke", ID: "applicationId", Roles: []string{RoleApprover, RoleOperator},
		Refusals: []string{NotTheProvider}, Example: revokeApplicationExample, Doc: "Its identity's next call is answered with 403.",
	}, b.decide(Revoked))
	ledger.Handle(c, catalog.Operation{
		Name: "SetRules", Title: "Set the rules of sharing", TitleZh: "设置共享规则", Record: ledger.RulesType, Creates: true, Lane: "approvalDays", Roles: []string{RoleAuditor}, Example: setRulesExample,
	}, b.setRules)
}

func (b *book) handleGrants(c *ledger.Contract) {
	ledger.Handle(c, catalog.Operation{
		Name: "GrantUse", Title: "Grant the use of data", TitleZh: "授权使用数据", Record: grantType, Creates: true, ID: "grantId", Roles: []string{RolePortal, RoleProvider},
		Refusals: []string{PeriodInvalid, GrantorInvalid, ItemUnpublished, NotTheProvider}, Example: grantUseExample,
		Doc: "A subject's consent, which a portal writes and the subject may sign, or the providing department's on its legal basis.",
	}, b.grantUse)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeGrant", Title: "Revoke a grant", TitleZh: "撤销授权", Record: grantType, Verb: "revoke", ID: "grantId", Roles: []string{RolePortal, RoleProvider}, Example: revokeGrantExample,
		Doc: "No further use; what was used stays on record. Parcels that the grantee could open are due for a new key.",
	}, b.revokeGrant)
	ledger.Handle(c, catalog.Operation{
		Name: "UseData", Title: "Use data", TitleZh: "使用数据", Record: useType, Creates: true, Lane: "grantId", Roles: []string{RoleUser},
		Example: useDataExample, Doc: "Writes the use and counts it against its grant in one transaction; the provider hands data out for a use that is ALLOWED and for nothing else. What is not covered is written as DENIED, with the reason: the operation succeeds with that outcome.",
	}, b.useData)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "AskData", Title: "Ask a question about private data", TitleZh: "可用不可见核验", Record: useType, Creates: true, Lane: "grantId", Roles: []string{RoleUser},
		Refusals: []string{PrivateHalfMissing, ModeMismatch, PrivateElsewhere, PredicateInvalid}, Example: askDataExample, PrivateExample: nothing,
		Doc: "At least, equal, one of: answered with yes or no by the peers that hold the data. The answer is in the private half; the asker reads it with the query UseAnswer.",
	}, b.askData)
	ledger.HandlePurge(c, ledger.Purge("PurgeUse", "Purge an answer", "清除答复", RoleUser), b.uses)
}

func (b *book) handleData(c *ledger.Contract) {
	provider := []string{RoleProvider}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "HoldData", Title: "Hold private data of a subject", TitleZh: "归集私密数据", Record: holdingType, Creates: true, Lane: "subjectKey", Roles: provider,
		Refusals: []string{PrivateHalfMissing, PeriodInvalid, NotTheProvider, ItemUnpublished, ModeMismatch, ValueInvalid}, Example: holdDataExample, PrivateExample: holdDataPrivate,
		Doc: "Of a PRIVATE item. The values travel in the private half and are never told: questions are answered with yes or no.",
	}, b.holdData)
	ledger.Handle(c, catalog.Operation{
		Name: "WithdrawHolding", Title: "Withdraw a holding", TitleZh: "撤回私密数据", Record: holdingType, Verb: "withdraw", ID: "holdingId", Roles: provider, Example: withdrawHoldingExample,
	}, b.withdrawHolding)
	ledger.HandlePurge(c, ledger.Purge("PurgeHolding", "Purge private data", "清除私密数据", provider...), b.holdings)
	both := []string{RoleProvider, RoleUser}
	ledger.Handle(c, catalog.Operation{
		Name: "RegisterKey", Title: "Register an encryption key", TitleZh: "登记加密公钥", Record: keyType, Creates: true, ID: "keyId", Roles: both, Example: registerKeyExample,
	}, b.registerKey)
	ledger.Handle(c, catalog.Operation{
		Name: "RevokeKey", Title: "Revoke an encryption key", TitleZh: "吊销加密公钥", Record: keyType, Verb: "revoke", ID: "keyId", Roles: both, Example: revokeKeyExample,
	}, b.revokeKey)
	sealing := []string{PrivateHalfMissing, NotTheProvider, ItemUnpublished, ModeMismatch, WrapsInvalid, KeyMissing, GrantNotLive, KeyVersionInvalid, TooMany}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "SealParcel", Title: "Share encrypted data", TitleZh: "加密共享数据", Record: parcelType, Creates: true, ID: "parcelId", Roles: provider,
		Refusals: sealing, Example: sealParcelExample, PrivateExample: sealParcelPrivate,
		Doc: "Encrypted by the provider before it comes here, once for all recipients; the data key, wrapped for each of them, is in the private half. `gateway sharing seal` makes the input.",
	}, b.sealParcel)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "WrapParcel", Title: "Let one more grantee open a parcel", TitleZh: "追加接收方", Record: parcelType, Verb: "wrap", ID: "parcelId", Roles: provider,
		Refusals: sealing, Example: wrapParcelExample, PrivateExample: wrapParcelPrivate, Doc: "Adds a wrapped key; the ciphertext stays as it is.",
	}, b.wrapParcel)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "RotateParcel", Title: "Give a parcel a new data key", TitleZh: "更换数据密钥", Record: parcelType, Verb: "rotate", ID: "parcelId", Roles: provider,
		Refusals: sealing, Example: rotateParcelExample, PrivateExample: sealParcelPrivate, Doc: "For those alone whose grants live.",
	}, b.rotateParcel)
	ledger.Handle(c, catalog.Operation{
		Name: "OpenParcel", Title: "Open a parcel", TitleZh: "领取数据密钥", Record: useType, Creates: true, Lane: "grantId", Roles: both,
		Refusals: []string{KeyMissing, PrivateElsewhere}, Example: openParcelExample,
		Doc: "Answers the data key, wrapped for the caller's own key, and writes the use in the same transaction; where no live grant covers it, a denied use and no key. The provider opens its own so as to add a recipient.",
	}, b.openParcel)
	ledger.HandlePurge(c, ledger.Purge("PurgeParcel", "Purge a parcel's wrapped keys", "清除封装密钥", provider...), b.parcels)
}

func (b *book) handleJoints(c *ledger.Contract) {
	user, party := []string{RoleUser}, []string{RoleProvider}
	ledger.Handle(c, catalog.Operation{
		Name: "StartJoint", Title: "Start a joint computation", TitleZh: "发起联合计算", Record: jointType, Creates: true, ID: "jointId", Roles: user,
		Refusals: []string{PeriodInvalid, PartyInvalid, NotTheProvider}, Example: startJointExample, Doc: "A secure sum of three providers or more, or the size of a private intersection with one. The caller receives the result.",
	}, b.startJoint)
	ledger.Handle(c, catalog.Operation{
		Name: "JoinJoint", Title: "Join a secure sum", TitleZh: "加入安全求和", Record: jointType, Verb: "join", ID: "jointId", Roles: party,
		Refusals: []string{PartyInvalid, JointOver}, Example: joinJointExample,
	}, b.joinJoint)
	ledger.Handle(c, catalog.Operation{
		Name: "Contribute", Title: "Give a masked number to a sum", TitleZh: "提交掩码值", Record: jointType, Verb: "contribute", ID: "jointId", Roles: party,
		Refusals: []string{PartyInvalid, JointOver, RoundInvalid}, Example: contributeExample, Doc: "`gateway sharing mask` makes it. It is a use by the recipient, under the party's grant; without one it is denied, and that is on record.",
	}, b.contribute)
	ledger.Handle(c, catalog.Operation{
		Name: "PutPoints", Title: "Give blinded elements to an intersection", TitleZh: "提交盲化元素", Record: jointType, Verb: "points", ID: "jointId", Roles: []string{RoleUser, RoleProvider},
		Refusals: []string{PartyInvalid, JointOver, RoundInvalid, TooMany}, Example: putPointsExample,
	}, b.putPoints)
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "FinishJoint", Title: "Put the result of a computation on record", TitleZh: "登记联合计算结果", Record: jointType, Verb: "finish", ID: "jointId", Roles: user,
		Refusals: []string{PrivateHalfMissing}, Example: finishJointExample, PrivateExample: finishJointPrivate, Doc: "In the private half; the record holds its salted digest.",
	}, b.finishJoint)
	ledger.HandlePurge(c, ledger.Purge("PurgeJoint", "Purge a result", "清除结果", user...), b.joints)
}

func (b *book) handleQueries(c *ledger.Contract) {
	private := "Reads the private half: only peers of the city and of the province can answer."
	ledger.Answer(c, catalog.Query{Name: "UseAnswer", Title: "The answer to one's own question", TitleZh: "读取答复", Doc: private, Path: "use-answers", Roles: []string{RoleUser}, Example: useAnswerExample}, b.useAnswer)
	ledger.Answer(c, catalog.Query{Name: "DataUses", Title: "Who used a subject's data", TitleZh: "谁用了我的数据", Doc: "Denied uses as well, a page at a time.",
		Path: "data-uses", Roles: []string{RolePortal, RoleAuditor}, Example: dataUsesExample}, b.dataUses)
	ledger.Answer(c, catalog.Query{Name: "CheckUse", Title: "Whether a use would be allowed", TitleZh: "授权核验", Path: "use-checks", Roles: []string{RoleUser, RoleProvider, RolePortal, RoleAuditor}, Example: checkUseExample}, b.checkUse)
	ledger.Answer(c, catalog.Query{Name: "ParcelState", Title: "Who can open a parcel", TitleZh: "加密数据状态", Path: "parcel-states", Roles: []string{RoleProvider, RoleAuditor}, Example: parcelExample}, b.parcelState)
}
