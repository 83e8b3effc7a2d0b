package wire

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

type (
	policyView = entitlement.PolicyView
	policy     = entitlement.Policy
)

func (m *model) declarePolicy() {
	packageOf := func(p *policyView) query.Value { return textValue(p.Package) }
	catalogOf := func(p *policyView) query.Value { return textValue(p.Catalog) }
	settings := func(p *policyView) *policy { return &p.Policy }
	*m.policy = Entity[policyView]{
		collection: "policies",
		record: record[policyView]{
			name: both("accessPackageAssignmentPolicy"),
			props: []property[policyView]{
				guid(both("id"), func(p *policyView) *entitlement.PolicyID { return &p.ID }).filter("id").ro(),
				policyPackage(),
				plain(both("displayName"), func(p *policyView) *string { return &p.DisplayName }).folded("displayName").due(),
				plain(both("description"), func(p *policyView) *string { return &p.Description }).folded("description"),
				flag(onlyBeta("canExtend"), func(p *policyView) *bool { return &p.Requestor.SelfUpdate }),
				policyDays(),
				policyEnd(),
				choice(onlyV1("allowedTargetScope"), targetScopesV1, func(p *policyView) *entitlement.TargetScope { return &p.Scope }).
					orElse(func(p *policyView) { p.Scope = entitlement.ScopeNobody }),
				sets(onlyV1("specificAllowedTargets"), func(p *policyView) *[]entitlement.SubjectSet { return &p.AllowedTargets }),
				object(onlyV1("expiration"), policyExpiration, func(p *policyView) *entitlement.Expiration { return &p.Expiration }),
				object(onlyV1("requestorSettings"), requestorSettingsV1, func(p *policyView) *entitlement.RequestorSettings { return &p.Requestor }),
				object(onlyBeta("requestorSettings"), requestorSettingsBeta, settings).orElse(nobodyMayAsk),
				object(both("requestApprovalSettings"), approvalSettings, func(p *policyView) *entitlement.ApprovalSettings { return &p.Approval }),
				optional(onlyV1("reviewSettings"), reviewSettingsV1, func(p *policyView) **entitlement.ReviewSettings { return &p.Review }),
				optional(onlyBeta("accessReviewSettings"), reviewSettingsBeta, func(p *policyView) **entitlement.ReviewSettings { return &p.Review }),
				questions(func(p *policyView) *[]question { return &p.Questions }),
				optional(onlyV1("automaticRequestSettings"), automaticSettings, func(p *policyView) **entitlement.AutomaticSettings { return &p.Automatic }),
				object(renamed("notificationSettings", "accessPackageNotificationSettings"), notificationSettings, settings).
					orElse(func(p *policyView) { p.AssignmentNotificationDisabled = false }),
				credentialSettings(),
				emergencyOfPolicy(),
				instant(both("createdDateTime"), func(p *policyView) *time.Time { return &p.CreatedAt }).filter("createdAt").ro(),
				instant(both("modifiedDateTime"), func(p *policyView) *time.Time { return &p.ModifiedAt }).filter("modifiedAt").ro(),
				text(onlyBeta("createdBy"), func(p *policyView) *string { return &p.CreatedBy }).ro(),
				text(onlyBeta("modifiedBy"), func(p *policyView) *string { return &p.ModifiedBy }).ro(),
			},
			input: []input[policyView]{
				{names: []string{"accessPackageId"}, set: takeGUID(setPolicyPackage)},
				{names: []string{"accessPackage", "accessPackage@odata.bind"}, set: takeReference(setPolicyPackage)},
				{
					names: []string{"notificationSettings", "accessPackageNotificationSettings"},
					set: func(r *reader, v *value, p *policyView) error {
						body, err := v.asObject()
						if err != nil {
							return err
						}
						return notificationSettings.decode(r.inside(), body, &p.Policy)
					},
				},
				takeEmergency(),
				takeStages("customExtensionStageSettings", m.stageSetting, false),
				takeStages("customExtensionHandlers", m.handler, true),
			},
			ignored: []string{"isCustomAssignmentScheduleAllowed", "verifiableCredentialSettings"},
			finish:  finishPolicy,
			keep:    keepPolicy,
		},
		navs: []navigation[policyView]{
			one(both("accessPackage"), "package", m.pkg, func(p *policyView) *packageView { return p.OfPackage }),
			one(renamed("catalog", "accessPackageCatalog"), "catalog", m.catalog, func(p *policyView) *catalogView { return p.InCatalog }),
			many(both("customExtensionStageSettings"), "settings", m.stageSetting, settingsOf(false)).belongs(),
			many(onlyBeta("customExtensionHandlers"), "settings", m.handler, settingsOf(true)).belongs(),
		},
		paths: []property[policyView]{
			path(both("accessPackage/id"), "package", guidLiteral, packageOf),
			path(both("accessPackageId"), "package", guidLiteral, packageOf),
			path(renamed("catalog/id", "accessPackageCatalog/id"), "catalog", guidLiteral, catalogOf),
			path(both("catalogId"), "catalog", guidLiteral, catalogOf),
			path(renamed("accessPackage/catalog/id", "accessPackage/accessPackageCatalog/id"), "catalog", guidLiteral, catalogOf),
		},
	}
	m.policy.build()
}

func policyPackage() property[policyView] {
	p := guid(onlyBeta("accessPackageId"), func(p *policyView) *entitlement.PackageID { return &p.Package }).filter("package")
	p.set, p.unset = takeGUID(setPolicyPackage), nil
	return p
}

// setPolicyPackage takes the package from wherever a body names it. It cannot
// change.
func setPolicyPackage(p *policyView, id string) error {
	if p.Package != "" && string(p.Package) != id {
		return wrong("names another package than " + string(p.Package) + "; a policy stays with its package")
	}
	p.Package = entitlement.PackageID(id)
	return nil
}

// nobodyMayAsk is what beta's absent requestorSettings stand for: direct
// assignment only.
func nobodyMayAsk(p *policyView) {
	if v1Scope(p.Scope) {
		return // finishPolicy refuses the whole
	}
	p.Scope, p.AllowedTargets, p.AcceptRequests = entitlement.ScopeNobody, nil, true
}

// finishPolicy applies the rules that span members of a policy.
func finishPolicy(r *reader, body *value, p *policyView) error {
	if p.Package == "" {
		return missing(r, "accessPackageAssignmentPolicy", renamed("accessPackage", "accessPackageId"))
	}
	if r.v == V1 {
		return nil
	}
	if v1Scope(p.Scope) && (r.mode == Replace || body.member("requestorSettings") != nil) {
		// The scope was read through beta as nobody; writing that back
		// would shut everybody out.
		return fault.New(fault.Conflict, "Conflict", "The policy's scope %s cannot be expressed in beta; change the policy through v1.0.", p.Scope).At("requestorSettings")
	}
	if r.mode == Create {
		// Beta has no names for these; its policies permit them.
		p.Requestor.SelfRemove, p.Requestor.CustomSchedule = true, true
	}
	return settlePolicyEnd(r, body, p)
}

// policyDays and policyEnd are beta's two names for one expiration. What they
// say together is settled when both are known.
func policyDays() property[policyView] {
	return property[policyView]{
		names: onlyBeta("durationInDays"), types: onlyBeta("Edm.Int32"),
		put: func(b []byte, p *policyView, _ *Shape) []byte { return appendInt(b, policyDuration(p.Expiration)) },
		set: func(_ *reader, v *value, _ *policyView) error {
			n, err := v.asInt()
			if err == nil && n < 0 {
				return wrong("must not be negative")
			}
			return err
		},
	}
}

func policyDuration(e entitlement.Expiration) int {
	if e.Type != entitlement.AfterDuration {
		return 0
	}
	return daysOf(e.Duration)
}

func policyEnd() property[policyView] {
	p := instant(onlyBeta("expirationDateTime"), func(p *policyView) *time.Time { return &p.Expiration.End })
	p.set = func(_ *reader, v *value, _ *policyView) error {
		_, err := v.asInstant()
		return err
	}
	p.unset = nil
	return p
}

// settlePolicyEnd sets the expiration from beta's durationInDays and
// expirationDateTime. An expiration that beta shows rounded, or cannot tell
// from another, stays as it is when the same is sent back.
func settlePolicyEnd(r *reader, body *value, p *policyView) error {
	days, end := body.first("durationInDays"), body.first("expirationDateTime")
	if r.mode == Merge && body.member("durationInDays") == nil && body.member("expirationDateTime") == nil {
		return nil
	}
	var next entitlement.Expiration
	if end != nil {
		at, err := end.asInstant()
		if err != nil {
			return err
		}
		next.End = at
	}
	n := 0
	if days != nil {
		var err error
		if n, err = days.asInt(); err != nil {
			return err
		}
	}
	switch {
	case n > 0 && !next.End.IsZero():
		return fault.New(fault.Invalid, "InvalidExpiration", "A policy takes durationInDays or expirationDateTime, not both.").At("expirationDateTime")
	case n > 0:
		next.Type, next.Duration = entitlement.AfterDuration, entitlement.Days(n)
	case !next.End.IsZero():
		next.Type = entitlement.AfterDateTime
	default:
		next.Type = entitlement.NoExpiration
	}
	now := p.Expiration
	same := policyDuration(now) == n && now.End.Equal(next.End)
	if r.mode == Create || !same {
		p.Expiration = next
	}
	return nil
}
