package main

// coord is a ready outfit.
type coord struct {
	key, name, taste string
	items            []string
	initial, first   bool // first is the default
}

func coords() []coord {
	return []coord{
		{"first", "はじめてのコーデ", "nonbiri", []string{"bg_park", "body_light", "face_smile", "hair_bob_brown", "top_tee_star", "bottom_jeans", "shoes_sneakers_white"}, true, true},
		{"active", "わんぱくカジュアル", "genki", []string{"bg_room", "body_warm", "face_genki", "hair_short_mocha", "top_hoodie_mint", "bottom_cargo", "shoes_sneakers_navy"}, true, false},
		{"school", "さくらのつうがくろ", "oshitoyaka", []string{"bg_sakura", "body_light", "face_gentle", "hair_long_black", "top_sailor", "bottom_pleated_navy", "shoes_loafers"}, true, false},
		{"summer", "うみべのサマーワンピ", "genki", []string{"bg_sea", "body_light", "face_sparkle", "hair_ponytail_honey", "dress_summer", "shoes_sandals", "acc_straw_hat"}, true, false},
		{"winter", "ふゆのおさんぽ", "nonbiri", []string{"bg_snow", "body_light", "face_smile", "hair_centre_ash", "top_knit_cream", "bottom_chinos", "shoes_boots_camel", "acc_scarf", "acc_glasses"}, true, false},
		{"borders", "カフェのやすみじかん", "nonbiri", []string{"bg_cafe", "body_warm", "face_neko", "hair_wavy_caramel", "top_border", "bottom_denim_skirt", "shoes_sneakers_white", "acc_beret", "acc_bag"}, true, false},
		{"festival_yukata", "なつまつりのゆかた", "oshitoyaka", []string{"bg_festival", "body_light", "face_smile", "hair_bun_mocha", "dress_yukata", "shoes_geta", "acc_hairflower", "acc_fan"}, false, false},
		{"festival_jinbei", "なつまつりのじんべい", "genki", []string{"bg_festival", "body_warm", "face_genki", "hair_spiky_ink", "dress_jinbei", "shoes_geta", "acc_icecream"}, false, false},
		{"music", "おへやでミュージック", "norinori", []string{"bg_room", "body_brown", "face_genki", "hair_curly_black", "top_sweat_bear", "bottom_joggers", "shoes_sneakers_navy", "acc_headphones"}, true, false},
		{"princess", "おひめさまのパーティー", "oshitoyaka", []string{"bg_hearts", "body_light", "face_wink", "hair_wavy_caramel", "dress_party", "shoes_maryjane", "acc_crown", "acc_necklace"}, false, false},
		{"rainy", "あめあがりのおでかけ", "nonbiri", []string{"bg_park", "body_light", "face_neko", "hair_flip_mint", "dress_raincoat", "shoes_rainboots", "acc_umbrella"}, false, false},
		{"night", "よぞらのクールスタイル", "cool", []string{"bg_night", "body_warm", "face_cool", "hair_swept_silver", "top_stadium", "bottom_slacks", "shoes_boots_camel"}, false, false},
		{"angel", "まよなかのてんし", "cool", []string{"bg_night", "body_light", "face_sleepy", "hair_long_lilac", "dress_gothic", "shoes_longboots", "acc_wings"}, false, false},
		{"maid", "ねこみみメイドさん", "norinori", []string{"bg_cafe", "body_light", "face_neko", "hair_twintails_ginger", "dress_maid", "shoes_maryjane", "acc_cat_ears"}, false, false},
		{"romance", "はいからさん", "oshitoyaka", []string{"bg_sakura", "body_warm", "face_sleepy", "hair_braids_burgundy", "top_blouse", "bottom_hakama", "shoes_boots_camel", "acc_ribbon"}, false, false},
		{"aloha", "アロハなきぶん", "norinori", []string{"bg_sea", "body_brown", "face_sparkle", "hair_mushroom_honey", "top_aloha", "bottom_denim_shorts", "shoes_sandals", "acc_sunglasses"}, true, false},
		{"parade", "パレードのひ", "genki", []string{"bg_park", "body_warm", "face_genki", "hair_twintails_skyblue", "top_marching", "bottom_pleated_navy", "shoes_longboots", "acc_balloon"}, false, false},
		{"campus", "ほうかごアーガイル", "cool", []string{"bg_cafe", "body_light", "face_cool", "hair_short_mocha", "top_vest_argyle", "bottom_slacks", "shoes_oxfords", "acc_backpack"}, false, false},
	}
}
