// Package pricelist reads prices from the AWS Price List Query API.
package pricelist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"

	"threa-infra/internal/cost"
)

// Region is a region in which the API is available. It returns the prices of all regions:
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
const Region = "us-east-1"

// ErrNoPrice means that the price list has no price for a quote, or different ones.
var ErrNoPrice = errors.New("no single price")

// product is what the API returns about a product, as JSON in a text.
type product struct {
	Product struct{ Attributes map[string]string }
	Terms   struct {
		OnDemand map[string]struct {
			PriceDimensions map[string]struct {
				BeginRange   string
				PricePerUnit struct{ USD string }
			}
		}
	}
}

// Price returns the current on-demand price of a quote in USD, that of the first tier. The error is ErrNoPrice if its
// products have no price or different ones.
func Price(ctx context.Context, client *pricing.Client, quote cost.Quote) (string, error) {
	prices := map[string]bool{}
	for _, attributes := range quote.Products {
		if err := addPrices(ctx, client, quote, attributes, prices); err != nil {
			return "", err
		}
	}
	if len(prices) != 1 {
		found := slices.Sorted(maps.Keys(prices))
		return "", fmt.Errorf("%w of %s in %s: the AWS Price List has %d", ErrNoPrice, quote.Name, quote.Region, len(found))
	}
	return slices.Collect(maps.Keys(prices))[0], nil
}

// addPrices adds the prices of the products with these attributes to prices.
func addPrices(
	ctx context.Context, client *pricing.Client, quote cost.Quote, attributes map[string]string, prices map[string]bool,
) error {
	in := &pricing.GetProductsInput{ServiceCode: &quote.Offer}
	for _, field := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[field]
		in.Filters = append(in.Filters, types.Filter{Type: types.FilterTypeTermMatch, Field: &field, Value: &value})
	}
	pages := pricing.NewGetProductsPaginator(client, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read the price of %s: %w", quote.Name, err)
		}
		for _, text := range page.PriceList {
			var p product
			if err := json.Unmarshal([]byte(text), &p); err != nil {
				return fmt.Errorf("read the price of %s: %w", quote.Name, err)
			}
			if region, has := p.Product.Attributes["regionCode"]; has && region != quote.Region {
				continue // a usage type without a prefix is also used elsewhere
			}
			for _, term := range p.Terms.OnDemand {
				for _, dimension := range term.PriceDimensions {
					// A price of 0 is one of reserved instances or of a free amount.
					if price := shorten(dimension.PricePerUnit.USD); dimension.BeginRange == "0" && price != "0" {
						prices[price] = true
					}
				}
			}
		}
	}
	return nil
}

// shorten removes the trailing zeros of a price, which has ten decimals in the price list. It keeps at least two
// decimals, or none for a whole number. It returns 0 for a text that is not a number.
func shorten(text string) string {
	number, ok := new(big.Rat).SetString(text)
	switch {
	case !ok:
		return "0"
	case number.IsInt():
		return number.Num().String()
	}
	const decimals = 10
	text = strings.TrimRight(number.FloatString(decimals), "0")
	if whole, fraction, _ := strings.Cut(text, "."); len(fraction) < 2 {
		text = whole + "." + fraction + "0"
	}
	return text
}
