package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) accessRequestID() entitlement.RequestID {
	return entitlement.RequestID(c.arg("request"))
}

func (c *call) loadRequests() loader[entitlement.RequestView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.RequestView], error) {
		return c.s.engine.Requests(c.ctx, c.who, q, inc)
	}
}

func (c *call) loadMyRequests() loader[entitlement.RequestView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.RequestView], error) {
		return c.s.engine.MyRequests(c.ctx, c.who, c.arg("on"), q, inc)
	}
}

func (c *call) loadRequest(inc entitlement.Include) (entitlement.RequestView, error) {
	return c.s.engine.Request(c.ctx, c.who, c.accessRequestID(), inc)
}

// related returns the object at the end of a navigation.
func related[T any](object *T, err error) (T, error) {
	if err == nil && object == nil {
		err = fault.New(fault.NotFound, "ResourceNotFound", "There is no such related object.")
	}
	if err != nil {
		var none T
		return none, err
	}
	return *object, nil
}

func listRequests(c *call) error {
	return answerList(c, wire.Request, c.here(), nil, c.loadRequests())
}

func countRequests(c *call) error { return answerCount(c, wire.Request, nil, c.loadRequests()) }

func listMyRequests(c *call) error {
	return answerList(c, wire.Request, collectionOf(c, wire.Request), nil, c.loadMyRequests())
}

func countMyRequests(c *call) error { return answerCount(c, wire.Request, nil, c.loadMyRequests()) }

func getRequest(c *call) error { return answerOne(c, wire.Request, c.around(), c.loadRequest) }

func getPackageOfRequest(c *call) error {
	return answerOne(c, wire.Package, c.named(packageNames), func(inc entitlement.Include) (entitlement.PackageView, error) {
		r, err := c.loadRequest(inc.Under("package"))
		return related(r.OfPackage, err)
	})
}

func getAssignmentOfRequest(c *call) error {
	return answerOne(c, wire.Assignment, c.named(assignmentNames), func(inc entitlement.Include) (entitlement.AssignmentView, error) {
		r, err := c.loadRequest(inc.Under("assignment"))
		return related(r.OfAssignment, err)
	})
}

func getRequestor(c *call) error {
	return answerOne(c, wire.Subject, c.named(subjectNames), func(inc entitlement.Include) (entitlement.Subject, error) {
		r, err := c.loadRequest(inc.Under("requestor"))
		return related(r.RequestedBy, err)
	})
}

func getOrganizationOfRequestor(c *call) error {
	return answerOne(c, wire.HomeOrganization, c.named(organizationNames), func(entitlement.Include) (entitlement.OrganizationView, error) {
		r, err := c.loadRequest(entitlement.Include{"organization": nil}.Under("requestor"))
		return organizationOf(r.RequestedBy, err)
	})
}

func createRequest(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	submission, err := wire.DecodeSubmission(body, c.version, c.decoding(wire.Create))
	if err != nil {
		return err
	}
	submission.Key = c.r.Header.Get("Idempotency-Key")
	made, err := c.s.engine.Submit(c.ctx, c.who, submission)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Request, http.StatusOK, c.here(), string(made.ID), &made)
}

// readCancel reads the body of cancel, if there is one, and reports whether it
// is the documented one. It must not name another request than the path.
func readCancel(body []byte, v wire.Version, id entitlement.RequestID) (declared bool, err error) {
	sent, err := wire.DecodeCancel(body, v)
	if err != nil {
		return false, err
	}
	if sent.ID != "" && sent.ID != id {
		return false, fault.New(fault.Invalid, "InvalidModel",
			"Model is not valid. id is %s, but the request on the path is %s.", sent.ID, id).At("id")
	}
	return sent.Declared, nil
}

// cancelRequest withdraws a request (requests.md section 10). It answers 200
// with no body at all, not even an empty object.
func cancelRequest(c *call) error {
	if !c.s.settings.Cloud.cancels() {
		return fault.New(fault.NotFound, "ResourceNotFound", "Cancel is not available in this cloud (%s).", c.s.settings.Cloud)
	}
	body, err := c.body()
	if err != nil {
		return err
	}
	declared, err := readCancel(body, c.version, c.accessRequestID())
	if err != nil {
		return err
	}
	if err := c.s.engine.CancelRequest(c.ctx, c.who, c.accessRequestID(), declared); err != nil {
		return err
	}
	return c.sendNothing(http.StatusOK)
}

// reprocessRequest has delivery tried again. A body means nothing.
func reprocessRequest(c *call) error {
	if err := c.s.engine.ReprocessRequest(c.ctx, c.who, c.accessRequestID()); err != nil {
		return err
	}
	return c.sendNothing(http.StatusAccepted)
}

// resumeRequest takes the answer of a custom extension (requests.md section
// 12).
func resumeRequest(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	callback, err := wire.DecodeCallback(body, c.version, c.decoding(wire.Create))
	if err != nil {
		return err
	}
	if err := c.s.engine.ResumeRequest(c.ctx, c.who, c.accessRequestID(), callback); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

func deleteRequest(c *call) error {
	if err := c.s.engine.DeleteRequest(c.ctx, c.who, c.accessRequestID(), unchanged[entitlement.Request](c)); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
