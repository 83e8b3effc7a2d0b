package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

const subscriptionsSet = "subscriptions"

func (c *call) subscriptionID() entitlement.SubscriptionID {
	return entitlement.SubscriptionID(c.arg("subscription"))
}

// discreet leaves the client state out: it proves to the receiver where a
// notification comes from, and is told once.
func discreet(s entitlement.Subscription) entitlement.Subscription {
	s.ClientState = ""
	return s
}

func listSubscriptions(c *call) error {
	return answerList(c, wire.Subscription, subscriptionsSet, nil, func(q query.List, _ entitlement.Include) (query.Page[entitlement.Subscription], error) {
		page, err := c.s.engine.Subscriptions(c.ctx, c.who, q)
		for i := range page.Rows {
			page.Rows[i] = discreet(page.Rows[i])
		}
		return page, err
	})
}

func getSubscription(c *call) error {
	return answerOne(c, wire.Subscription, subscriptionsSet, func(entitlement.Include) (entitlement.Subscription, error) {
		s, err := c.s.engine.Subscription(c.ctx, c.who, c.subscriptionID())
		return discreet(s), err
	})
}

func createSubscription(c *call) error {
	var s entitlement.Subscription
	if err := decode(c, wire.Subscription, &s, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.Subscribe(c.ctx, c.who, s, c.s.settings.Prove)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Subscription, http.StatusCreated, subscriptionsSet, string(made.ID), &made)
}

// renewSubscription answers with the subscription, as published.
func renewSubscription(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	same := func(s entitlement.Subscription) entitlement.Subscription { return s }
	edit := editing(c, body, wire.Subscription, wire.Merge, same, same)
	s, err := c.s.engine.RenewSubscription(c.ctx, c.who, c.subscriptionID(), edit, c.s.settings.Prove)
	if err != nil {
		return err
	}
	s = discreet(s)
	return answerMade(c, wire.Subscription, http.StatusOK, subscriptionsSet, string(s.ID), &s)
}

// reauthorizeSubscription renews what the owner's token allows, and nothing
// else.
func reauthorizeSubscription(c *call) error {
	unchanged := func(*entitlement.Subscription) error { return nil }
	if _, err := c.s.engine.RenewSubscription(c.ctx, c.who, c.subscriptionID(), unchanged, c.s.settings.Prove); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}

func deleteSubscription(c *call) error {
	if err := c.s.engine.Unsubscribe(c.ctx, c.who, c.subscriptionID()); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
